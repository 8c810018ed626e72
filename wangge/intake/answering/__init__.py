"""What a reply to a matter is worth, told before it goes out. Pure: no database, no clock."""
