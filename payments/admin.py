"""People and money in the admin: a module a page. Money moves by the ledger alone, operators act through `payments.acting`."""

from payments import (  # noqa: F401 (each registers itself)
    audit_admin,
    people_admin,
    promo_admin,
    proposal_admin,
    receipt_admin,
    terms_admin,
    topup_admin,
    transfer_admin,
    worklist_admin,
)
