"""Who may do what: five roles, and the capabilities each holds. Pure."""

from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    SHOP_MANAGER = "shop_manager"
    SHOP_STAFF = "shop_staff"
    SUPPORT_AGENT = "support_agent"
    AUDITOR = "auditor"


class Capability(StrEnum):
    """One thing a person may do. Views and services ask for these, never for a role."""

    VIEW_ORDERS = "orders.view"
    EDIT_ORDERS = "orders.edit"
    VIEW_COST = "orders.view_cost"
    VIEW_SUPPLIERS = "suppliers.view"
    EDIT_SUPPLIERS = "suppliers.edit"
    VIEW_STOCK = "stock.view"
    EDIT_STOCK = "stock.edit"
    VIEW_MESSAGES = "messages.view"
    OPERATE_MESSAGES = "messages.operate"
    PAUSE_ALL = "messages.pause_all"
    VIEW_BULK = "bulk.view"
    SEND_BULK = "bulk.send"
    VIEW_INCIDENTS = "incidents.view"
    DRAFT_INCIDENTS = "incidents.draft"
    RUN_INCIDENTS = "incidents.run"
    VIEW_MACROS = "macros.view"
    DRAFT_MACROS = "macros.draft"
    PUBLISH_MACROS = "macros.publish"
    APPROVE = "approvals.decide"
    VIEW_VOUCHERS = "vouchers.view"
    REVOKE_VOUCHERS = "vouchers.revoke"
    VIEW_AUDIT = "audit.view"
    VIEW_OWN_AUDIT = "audit.view_own"
    VIEW_SETTINGS = "settings.view"
    MANAGE_SETTINGS = "settings.manage"


_VIEWS = frozenset(
    {
        Capability.VIEW_ORDERS,
        Capability.VIEW_COST,
        Capability.VIEW_SUPPLIERS,
        Capability.VIEW_STOCK,
        Capability.VIEW_MESSAGES,
        Capability.VIEW_BULK,
        Capability.VIEW_INCIDENTS,
        Capability.VIEW_MACROS,
        Capability.VIEW_VOUCHERS,
        Capability.VIEW_AUDIT,
        Capability.VIEW_OWN_AUDIT,
    }
)

CAPABILITIES: dict[Role, frozenset[Capability]] = {
    Role.ADMIN: frozenset(Capability),
    Role.SHOP_MANAGER: _VIEWS
    | {
        Capability.EDIT_ORDERS,
        Capability.EDIT_SUPPLIERS,
        Capability.EDIT_STOCK,
        Capability.OPERATE_MESSAGES,
        Capability.SEND_BULK,
        Capability.DRAFT_INCIDENTS,
        Capability.DRAFT_MACROS,
        Capability.PUBLISH_MACROS,
        Capability.APPROVE,
        Capability.REVOKE_VOUCHERS,
    },
    Role.SHOP_STAFF: frozenset(
        {
            Capability.VIEW_ORDERS,
            Capability.EDIT_ORDERS,
            Capability.VIEW_COST,
            Capability.VIEW_SUPPLIERS,
            Capability.EDIT_SUPPLIERS,
            Capability.VIEW_STOCK,
            Capability.EDIT_STOCK,
        }
    ),
    Role.SUPPORT_AGENT: frozenset(
        {
            Capability.VIEW_ORDERS,
            Capability.VIEW_SUPPLIERS,
            Capability.VIEW_STOCK,
            Capability.VIEW_MESSAGES,
            Capability.VIEW_BULK,
            Capability.SEND_BULK,
            Capability.VIEW_MACROS,
            Capability.DRAFT_MACROS,
            Capability.VIEW_OWN_AUDIT,
        }
    ),
    Role.AUDITOR: _VIEWS,
}


def holds(role: str, capability: Capability) -> bool:
    """True when the role holds the capability; an unknown role holds nothing."""
    try:
        return capability in CAPABILITIES[Role(role)]
    except ValueError:
        return False
