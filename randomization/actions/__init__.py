"""Every write of this app."""

from randomization.actions.access import record_access
from randomization.actions.accounts import (
    accounts_closed,
    ask_pharmacy,
    close_accounts,
    move_pharmacy_query,
    open_accounts,
)
from randomization.actions.in_error import record_randomized_in_error
from randomization.actions.kits import (
    assign_second_kit,
    bind_second_kit,
    record_kit_step,
    record_preparation_step,
    record_second_kit,
    request_second_kit,
    require_filling,
    store_preparation,
    substitute_kit,
)
from randomization.actions.randomizing import (
    bind_place,
    complete_request,
    finish_interrupted_randomizations,
    randomize,
    record_randomization,
    request_randomization,
    supply_open,
    supply_totals,
)
from randomization.actions.seals import room_anchors, room_head, seal_room
from randomization.actions.supply import (
    account_for_kits,
    announce_shipment,
    receive_shipment,
    record_supply_access,
    set_hold,
    still_answers_for_supply,
    warn_of_low_supply,
    withdraw_lot,
)

__all__ = [
    "account_for_kits",
    "accounts_closed",
    "announce_shipment",
    "ask_pharmacy",
    "assign_second_kit",
    "bind_place",
    "bind_second_kit",
    "close_accounts",
    "complete_request",
    "finish_interrupted_randomizations",
    "move_pharmacy_query",
    "open_accounts",
    "randomize",
    "receive_shipment",
    "record_access",
    "record_kit_step",
    "record_preparation_step",
    "record_randomization",
    "record_randomized_in_error",
    "record_second_kit",
    "record_supply_access",
    "request_randomization",
    "request_second_kit",
    "require_filling",
    "room_anchors",
    "room_head",
    "seal_room",
    "set_hold",
    "still_answers_for_supply",
    "store_preparation",
    "substitute_kit",
    "supply_open",
    "supply_totals",
    "warn_of_low_supply",
    "withdraw_lot",
]
