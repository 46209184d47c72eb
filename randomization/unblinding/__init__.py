"""The only functions that return an arm. Each needs an access record committed before it runs."""

from randomization.unblinding.contents import kit_contents

__all__ = ["kit_contents"]
