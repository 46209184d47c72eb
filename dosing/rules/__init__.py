"""When an infusion may be planned, ordered, released and started. Each question answers with the names of what
stands in the way (field -> kind); dosing.actions.sentences says them to people."""
