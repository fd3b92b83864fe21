"""What an admin changes about people: accounts, passwords, limits. Each leaves an audit entry."""

from datetime import datetime
from decimal import Decimal

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import Limit, User
from backoffice.kernel.roles import Capability, Role


@transaction.atomic
def create_user(
    *, username: str, name: str, email: str, role: str, language: str, password: str, actor: User, now: datetime
) -> User:
    """A new person. Raises Refusal (people.role, people.username, people.password)."""
    _check_actor(actor)
    _check_password(password, None)
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                username=username, password=password, name=name, email=email, role=role, language=language
            )
    except (IntegrityError, ValidationError) as error:
        raise Refusal(
            "people.username", _("Somebody has that user name already. Choose another."), "username"
        ) from error
    audit.record(actor=actor, verb="user.create", subject=f"user:{user.pk}", now=now, role=role)
    return user


@transaction.atomic
def change_user(
    *, user_id: int, name: str, email: str, role: str, language: str, is_active: bool, actor: User, now: datetime
) -> User:
    """Change a person. Switching somebody off ends every session. Raises Refusal (people.role, people.last_admin)."""
    _check_actor(actor)
    user = User.objects.select_for_update().get(pk=user_id)
    if user.is_superuser and (role != Role.ADMIN or not is_active) and not _other_admins(user_id):
        raise Refusal(
            "people.last_admin",
            _("This is the last admin, so nobody could undo it. Make somebody else an admin first."),
            "role" if role != Role.ADMIN else "is_active",
        )
    before = {"role": user.role, "active": user.is_active}
    user.name, user.email, user.role, user.language, user.is_active = name, email, role, language, is_active
    user.save(update_fields=["name", "email", "role", "language", "is_active"])
    if before["active"] and not is_active:
        end_sessions(user_id=user_id, now=now)
    audit.record(
        actor=actor,
        verb="user.change",
        subject=f"user:{user_id}",
        now=now,
        before=before,
        after={"role": role, "active": is_active},
    )
    return user


def _other_admins(user_id: int) -> bool:
    """Locks the admins, so that two people cannot switch each other off in the same moment."""
    admins = User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk")
    return any(admin.pk != user_id for admin in admins)


@transaction.atomic
def set_password(*, user_id: int, password: str, actor: User, now: datetime) -> None:
    """Set somebody's password; their sessions end. Raises Refusal (people.role, people.password)."""
    _check_actor(actor)
    user = User.objects.select_for_update().get(pk=user_id)
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    end_sessions(user_id=user_id, now=now)
    audit.record(actor=actor, verb="user.password", subject=f"user:{user_id}", now=now)


def end_sessions(*, user_id: int, now: datetime) -> int:
    """Log a person out everywhere; returns how many sessions ended."""
    own = [
        row.pk
        for row in Session.objects.filter(expire_date__gt=now).iterator()
        if row.get_decoded().get("_auth_user_id") == str(user_id)
    ]
    return Session.objects.filter(pk__in=own).delete()[0]


@transaction.atomic
def set_limit(
    *, role: str, kind: str, currency: str, amount: Decimal, actor: User, now: datetime, limit_id: int | None = None
) -> Limit:
    """How much a role may decide alone. limit_id: the row to change, None for a new one.

    Raises Refusal (people.role, limit.twice, limit.negative).
    """
    _check_actor(actor)
    if amount < 0:
        raise Refusal("limit.negative", _("A limit is 0 or more. Enter the amount without a minus."), "amount")
    known = Limit.objects.select_for_update().filter(pk=limit_id or 0).first()
    if Limit.objects.filter(role=role, kind=kind, currency=currency).exclude(pk=limit_id or 0).exists():
        raise Refusal("limit.twice", _("This role has such a limit already. Change that one."), "kind")
    before = known.amount if known else None
    limit = known or Limit()
    limit.role, limit.kind, limit.currency, limit.amount = role, kind, currency, amount
    limit.save()
    audit.record(
        actor=actor,
        verb="limit.set",
        subject=f"limit:{limit.pk}",
        now=now,
        before=str(before) if before is not None else None,
        after=str(amount),
    )
    return limit


def _check_actor(actor: User) -> None:
    if not actor.can(Capability.MANAGE_SETTINGS):
        raise Refusal("people.role", _("Your role may not change people or limits. Ask an admin."))


def _check_password(password: str, user: User | None) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refusal("people.password", " ".join(error.messages), "password") from error
