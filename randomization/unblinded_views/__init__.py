"""The only pages that render an arm. Always the answer to a POST that first commits an access record; it is never
stored by browser or proxy."""

from randomization.unblinded_views.accounts import (
    ask_pharmacy,
    close_accounts,
    move_pharmacy_query,
    open_accounts,
)
from randomization.unblinded_views.participants import break_code, disclose
from randomization.unblinded_views.study import study
from randomization.unblinded_views.supply import (
    account,
    open_stock,
    print_reconciliation,
    receive,
    set_hold,
    shipment,
    trace_lot,
    withdraw_lot,
)

__all__ = [
    "account",
    "ask_pharmacy",
    "break_code",
    "close_accounts",
    "disclose",
    "move_pharmacy_query",
    "open_accounts",
    "open_stock",
    "print_reconciliation",
    "receive",
    "set_hold",
    "shipment",
    "study",
    "trace_lot",
    "withdraw_lot",
]
