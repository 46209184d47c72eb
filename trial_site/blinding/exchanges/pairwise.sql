-- Arms and kit contents of two participants of different arms exchanged; all else alone.
CREATE TEMPORARY TABLE pair AS
SELECT DISTINCT ON (k.arm) p.place, k.number, k.arm, k.lot, k.expires_on
  FROM public.sealed_binding b
  JOIN public.sealed_place p USING (place) JOIN public.sealed_kitcontent k ON k.number = b.kit_number
 ORDER BY k.arm, p.place;
UPDATE public.sealed_place p SET arm = theirs.arm
  FROM pair mine JOIN pair theirs ON theirs.arm <> mine.arm WHERE p.place = mine.place;
UPDATE public.sealed_kitcontent k SET arm = theirs.arm, lot = theirs.lot, expires_on = theirs.expires_on
  FROM pair mine JOIN pair theirs ON theirs.arm <> mine.arm WHERE k.number = mine.number;
