export default {
  divided: {
    title: 'Changes of grids',
    kinds: { planned: 'To change', undone: 'Change undone', in_force: 'Changed' },
    from: 'From {day}',
    read: 'Got it',
    readBy: 'Read by {name}, {at}',
  },
}
