"""Units, people, posts, roles: who serves which area, and how far each may see."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from typing_extensions import override

from wangge.kit.ids import uuid7
from wangge.org.policies import Perm
from wangge.org.scope import Actor, within


class UnitKind(models.TextChoices):
    DISTRICT = "district", "区领导机关"
    COMMAND = "command", "指挥中心"
    DEPARTMENT = "department", "区直部门"
    SUBDISTRICT = "subdistrict", "街道办事处"
    COMMUNITY = "community", "社区居委会/村委会"
    GRID_TEAM = "grid_team", "网格队伍"
    COMPANY = "company", "专营单位"


class DataScope(models.TextChoices):
    OWN = "own", "本人"
    UNIT = "unit", "本单位"
    UNIT_TREE = "unit_tree", "本单位及下级"
    CUSTOM = "custom", "自定义"
    ALL = "all", "全部"


class Unit(models.Model):
    """An organisation unit. `area` is the area it serves; `pos`..`pos_end` its tree interval (kit.tree.UNITS)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    short_name = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=UnitKind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    depth = models.PositiveSmallIntegerField()
    pos = models.BigIntegerField(unique=True)
    pos_end = models.BigIntegerField()
    area = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="units")
    phone = models.CharField(max_length=40, blank=True)  # the duty desk, not a person
    calendar = models.CharField(max_length=32, default="office")
    active = models.BooleanField(default=True)


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, actor: Actor) -> UserQuerySet:
        """Everybody, for whoever manages people; else those with a post in a unit of the actor's scope."""
        if actor.scope.all or Perm.USER_CHANGE in actor.permissions:
            return self.all()
        posts = Post.objects.current().filter(within("unit__pos", actor.scope.units))
        return self.filter(models.Q(id__in=posts.values("user")) | models.Q(id=actor.user_id))


class UserManager(BaseUserManager["User"]):
    @override
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, actor: Actor) -> UserQuerySet:
        return self.get_queryset().visible_to(actor)


class User(AbstractBaseUser):
    """A person who signs in. Personal phone numbers are encrypted (kit.crypto)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    username = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=64)
    phone_encrypted = models.BinaryField(null=True)
    is_active = models.BooleanField(default=True)
    lockout_exempt = models.BooleanField(default=False)  # duty accounts cannot be locked from outside
    big_text = models.BooleanField(default=False)
    language = models.CharField(max_length=8, default="zh")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]


class Role(models.Model):
    """A named set of permissions from the profile. `separation` marks the three administrators' roles."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    permissions = models.JSONField(default=list)
    scope = models.CharField(max_length=12, choices=DataScope.choices)
    separation = models.CharField(max_length=12, blank=True)  # system, security, audit


class PostQuerySet(models.QuerySet["Post"]):
    def current(self, at: datetime | None = None) -> PostQuerySet:
        """Posts held on the local day of `at` (now)."""
        today = timezone.localdate(at)
        return self.filter(models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=today), valid_from__lte=today)

    def manageable_by(self, actor: Actor) -> PostQuerySet:
        """All, for whoever manages people; else those in the actor's units, but no administrator's."""
        if Perm.USER_CHANGE in actor.permissions:
            return self.all()
        ordinary = self.filter(role__separation="")
        return ordinary if actor.scope.all else ordinary.filter(within("unit__pos", actor.scope.units))


class Post(models.Model):
    """A person's post in a unit with a role, from a day until a day (exclusive)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="posts")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    role = models.ForeignKey(Role, models.PROTECT, related_name="posts")
    title = models.CharField(max_length=60)
    scope = models.CharField(max_length=12, choices=DataScope.choices)
    area = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="posts")  # a member's own grid
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["unit", "role"], name="org_post_unit_role")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="org_post_period",
            )
        ]


class PostScope(models.Model):
    """For posts with a custom scope: an area or a unit (exactly one) that the post may see."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="custom_scope")
    area = models.ForeignKey("areas.Area", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(area__isnull=True) ^ models.Q(unit__isnull=True), name="org_postscope_one"
            )
        ]


class StandIn(models.Model):
    """While `post` is away somebody else acts for it; the log keeps both names."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    post = models.ForeignKey(Post, models.CASCADE, related_name="stand_ins")
    user = models.ForeignKey(User, models.CASCADE, related_name="standing_in")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("starts")), name="org_standin_period")
        ]


class Channel(models.Model):
    """Where matters come from: hotline12345, patrol, public, letter, round_table, camera, alarm, enterprise…"""

    code = models.SlugField(max_length=32, primary_key=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    claimed_by = models.JSONField(default=list)  # roles whose people may hand in on it; "all"; none: systems only
    active = models.BooleanField(default=True)


class ChannelCredential(models.Model):
    """A neighbouring system's key. Only the SM3 of the secret is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=64, unique=True)
    channel = models.CharField(max_length=32)  # the code it hands in on
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    secret_hash = models.BinaryField(max_length=32, unique=True)
    permissions = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class DemoAccount(models.Model):
    """An account shown on the sign-in page of a demonstration, with what can be tried there."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="demo")
    position = models.PositiveSmallIntegerField()
    does_zh = models.CharField(max_length=200)
    does_en = models.CharField(max_length=300)
    page = models.CharField(max_length=40, default="/")


class SignInAttempt(models.Model):
    """For back-off per account and per address; rows older than a day are pruned by the worker."""

    at = models.DateTimeField()
    account = models.CharField(max_length=64)
    address = models.GenericIPAddressField()
    ok = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="org_attempt_account"),
            models.Index(fields=["address", "at"], name="org_attempt_address"),
        ]
