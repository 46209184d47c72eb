-- Contents of unused kits exchanged between the arms; list and given kits alone.
CREATE TEMPORARY TABLE other AS
SELECT DISTINCT ON (here.site_id, mine.arm) here.site_id, mine.arm, theirs.arm AS other_arm, theirs.lot,
       theirs.expires_on, theirs.shipment, theirs.vials, theirs.storage_place
  FROM sealed.sealed_kitcontent mine JOIN sealed.sealed_shipment here ON here.number = mine.shipment
  JOIN sealed.sealed_kitcontent theirs ON theirs.arm <> mine.arm
  JOIN sealed.sealed_shipment there ON there.number = theirs.shipment AND there.site_id = here.site_id
 ORDER BY here.site_id, mine.arm, theirs.number;
UPDATE sealed.sealed_kitcontent k
   SET arm = o.other_arm, lot = o.lot, expires_on = o.expires_on, shipment = o.shipment, vials = o.vials,
       storage_place = o.storage_place
  FROM other o JOIN sealed.sealed_shipment h USING (site_id)
 WHERE h.number = k.shipment AND o.arm = k.arm
   AND NOT EXISTS (SELECT FROM sealed.sealed_movement m WHERE m.kit_number = k.number AND m.step = 'assigned');
