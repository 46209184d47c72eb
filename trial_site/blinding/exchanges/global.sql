-- The two arms exchanged everywhere, with lot, expiry and the measurements of prepared kits. Bindings stay.
CREATE TEMPORARY TABLE other AS
SELECT DISTINCT ON (mine.arm) mine.arm, theirs.arm AS other_arm, theirs.lot, theirs.expires_on
  FROM public.sealed_kitcontent mine JOIN public.sealed_kitcontent theirs ON theirs.arm <> mine.arm
 ORDER BY mine.arm, theirs.number;
UPDATE public.sealed_preparation
   SET thawed_at = thawed_at - interval '7 minutes', cells_millions = cells_millions + 13,
       viability_percent = viability_percent - 11;
UPDATE public.sealed_place p SET arm = o.other_arm FROM other o WHERE o.arm = p.arm;
UPDATE public.sealed_kitcontent k SET arm = o.other_arm, lot = o.lot, expires_on = o.expires_on
  FROM other o WHERE o.arm = k.arm;
