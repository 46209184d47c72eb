"""A checker for ODM 1.3.2 files of any origin: what the schema says, and what the specification demands in words.

The file streams by; only definitions, open elements and, of a history, one instant per data point are remembered.
Knows nothing of this study.
"""
