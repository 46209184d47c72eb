"""The only pages that render an arm. Always the answer to a POST that first commits an access record; it is never
stored by browser or proxy."""

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
    "break_code",
    "disclose",
    "open_stock",
    "print_reconciliation",
    "receive",
    "set_hold",
    "shipment",
    "study",
    "trace_lot",
    "withdraw_lot",
]
