"""One function per criterion of the protocol; importing this package fills `finding.RULES`."""

from enrollment.rules.criteria import etiology, exclusions, inclusion, moderate, risk, severity

__all__ = ["etiology", "exclusions", "inclusion", "moderate", "risk", "severity"]
