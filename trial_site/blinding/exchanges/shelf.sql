-- Contents of unused kits exchanged between the arms; list and given kits alone.
CREATE TEMPORARY TABLE other AS
SELECT DISTINCT ON (mine.arm) mine.arm, theirs.arm AS other_arm, theirs.lot, theirs.expires_on
  FROM public.sealed_kitcontent mine JOIN public.sealed_kitcontent theirs ON theirs.arm <> mine.arm
 ORDER BY mine.arm, theirs.number;
UPDATE public.sealed_kitcontent k SET arm = o.other_arm, lot = o.lot, expires_on = o.expires_on
  FROM other o
 WHERE o.arm = k.arm AND NOT EXISTS (SELECT FROM public.sealed_binding b WHERE b.kit_number = k.number);
