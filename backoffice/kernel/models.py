"""People, shops, limits, approvals, audit: what every floor above relies on."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.roles import Capability, Role, holds


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, password, **{**fields, "role": Role.ADMIN})


class User(AbstractBaseUser):
    """A person who works here. One role each; the role's capabilities are in roles.py."""

    class RoleChoice(models.TextChoices):
        ADMIN = Role.ADMIN, _("Admin")
        SHOP_MANAGER = Role.SHOP_MANAGER, _("Shop manager")
        SHOP_STAFF = Role.SHOP_STAFF, _("Shop staff")
        SUPPORT_AGENT = Role.SUPPORT_AGENT, _("Support agent")
        AUDITOR = Role.AUDITOR, _("Auditor")

    username = models.CharField(_("user name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    role = models.CharField(_("role"), max_length=20, choices=RoleChoice.choices, default=RoleChoice.SHOP_STAFF)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(_("joined"), auto_now_add=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.username

    def can(self, capability: Capability) -> bool:
        return self.is_active and holds(self.role, capability)

    # What Django's admin asks for, answered from the role.
    @property
    def is_superuser(self) -> bool:
        return self.is_active and self.role == Role.ADMIN

    @property
    def is_staff(self) -> bool:
        """May open the admin's front page; each page there asks for its own capability."""
        return self.is_active and self.role != Role.SHOP_STAFF

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_superuser

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Store(models.Model):
    """One brand: its name, sender, currency, language and clock."""

    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3)
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    sender = models.EmailField(_("sender address"))
    reply_to = models.EmailField(_("reply address"), blank=True)
    order_url_base = models.URLField(_("address of the customers' pages"), blank=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")

    def __str__(self) -> str:
        return self.name


class Limit(models.Model):
    """How much a role may decide alone, per kind of decision; above it a second person approves."""

    role = models.CharField(_("role"), max_length=20, choices=User.RoleChoice.choices)
    kind = models.CharField(_("kind"), max_length=40)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    amount = models.DecimalField(_("up to"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["role", "kind", "currency"], name="one_limit_per_role_kind_currency"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="limit_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.kind} {self.amount} {self.currency}".strip()


class ApiKey(models.Model):
    """A machine's key. Only a hash is kept; the prefix finds the row."""

    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    key_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return self.name


class IdempotencyRecord(models.Model):
    """The first answer to a request that carried an Idempotency-Key. status 0: still being worked on."""

    key_scope = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField(default=0)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key_scope", "key"], name="one_answer_per_idempotency_key")
        ]

    def __str__(self) -> str:
        return f"{self.key_scope} {self.status}"


class AuditEntry(models.Model):
    """Who did what to what, when. Append-only: the database refuses updates and deletes."""

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    actor_label = models.CharField(max_length=120)
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=120, db_index=True)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.actor_label} {self.verb} {self.subject}"


class Approval(models.Model):
    """A second person's yes, bound to the hash of exactly what was shown."""

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        APPROVED = "approved", _("approved")
        VOID = "void", _("void")

    kind = models.CharField(_("kind"), max_length=40)
    subject_ref = models.CharField(_("subject"), max_length=80, db_index=True)
    hash = models.CharField(max_length=64)
    title = models.CharField(_("title"), max_length=200)
    url = models.CharField(max_length=300, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="approver_is_not_the_requester",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_by__isnull=False), name="approval_names_its_approver"
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_ref"], condition=Q(state="pending"), name="one_pending_approval_per_subject"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FormToken(models.Model):
    """A one-time token of a check page; the second press finds the first result."""

    token = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    purpose = models.CharField(max_length=60)
    result_url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.purpose


class Alert(models.Model):
    """Something a person must look at: opened once per key, closed once."""

    key = models.CharField(max_length=120)
    severity = models.CharField(max_length=10, default="warn")
    title = models.CharField(max_length=200)
    url = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], condition=Q(closed_at__isnull=True), name="one_open_alert_per_key")
        ]

    def __str__(self) -> str:
        return self.title


class Heartbeat(models.Model):
    """The last sign of life of a process, by the database's clock."""

    name = models.CharField(max_length=120, primary_key=True)
    kind = models.CharField(max_length=40)
    beat_at = models.DateTimeField()
    detail = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name
