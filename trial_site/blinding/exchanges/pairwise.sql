-- Arms and kit contents of two participants of different arms, of whom each has one kit, exchanged; all else alone.
CREATE TEMPORARY TABLE pair AS
SELECT DISTINCT ON (k.arm) p.place, k.*
  FROM sealed.sealed_binding b
  JOIN sealed.sealed_place p USING (place)
  JOIN sealed.sealed_movement m ON m.bag = b.bag JOIN sealed.sealed_kitcontent k ON k.number = m.kit_number
 WHERE NOT EXISTS (SELECT FROM sealed.sealed_movement f WHERE f.bag = b.bag AND f.kit_number <> m.kit_number)
   AND NOT EXISTS (SELECT FROM public.randomization_kitrequest q JOIN public.randomization_randomizationrequest r
                    USING (subject_id) WHERE r.id = b.request_id)
 ORDER BY k.arm, p.place;
UPDATE sealed.sealed_place p SET arm = theirs.arm
  FROM pair mine JOIN pair theirs ON theirs.arm <> mine.arm WHERE p.place = mine.place;
UPDATE sealed.sealed_kitcontent k
   SET arm = theirs.arm, lot = theirs.lot, expires_on = theirs.expires_on, shipment = theirs.shipment,
       vials = theirs.vials, storage_place = theirs.storage_place
  FROM pair mine JOIN pair theirs ON theirs.arm <> mine.arm WHERE k.number = mine.number;
