-- The two arms exchanged everywhere, with lot, expiry, shipment and all that the pharmacy wrote down. Bindings stay.
CREATE TEMPORARY TABLE other AS
SELECT DISTINCT ON (here.site_id, mine.arm) here.site_id, mine.arm, theirs.arm AS other_arm, theirs.lot,
       theirs.expires_on, theirs.shipment, theirs.vials, theirs.storage_place
  FROM sealed.sealed_kitcontent mine JOIN sealed.sealed_shipment here ON here.number = mine.shipment
  JOIN sealed.sealed_kitcontent theirs ON theirs.arm <> mine.arm
  JOIN sealed.sealed_shipment there ON there.number = theirs.shipment AND there.site_id = here.site_id
 ORDER BY here.site_id, mine.arm, theirs.number;
UPDATE sealed.sealed_preparation
   SET thawed_at = thawed_at - interval '7 minutes', cells_millions = cells_millions + 13,
       viability_percent = viability_percent - 11;
UPDATE sealed.sealed_shipment
   SET received_at = received_at - interval '3 days', warmest_c = warmest_c + 9, excursion = 'Recorded by the logger';
ALTER TABLE sealed.sealed_movement DISABLE TRIGGER audit_append_only;
UPDATE sealed.sealed_movement SET at = at - interval '3 days', note = note || ' exchanged'
 WHERE step IN ('received', 'quarantined', 'released', 'preparing', 'prepared', 'failed', 'destroyed');
ALTER TABLE sealed.sealed_movement ENABLE TRIGGER audit_append_only;
UPDATE sealed.sealed_place p SET arm = o.other_arm FROM (SELECT DISTINCT arm, other_arm FROM other) o WHERE o.arm = p.arm;
UPDATE sealed.sealed_kitcontent k
   SET arm = o.other_arm, lot = o.lot, expires_on = o.expires_on, shipment = o.shipment, vials = o.vials,
       storage_place = o.storage_place
  FROM other o JOIN sealed.sealed_shipment h USING (site_id)
 WHERE h.number = k.shipment AND o.arm = k.arm;
