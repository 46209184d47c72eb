-- Before the study is cloned: the arms' kits shall differ in everything that follows the content. What the ledger says
-- of the pharmacy differs already: each shipment is of one arm.
UPDATE sealed.sealed_kitcontent SET expires_on = expires_on + 41, storage_place = 'Vapour phase tank 2', vials = 2
 WHERE arm = (SELECT min(arm) FROM sealed.sealed_place);
