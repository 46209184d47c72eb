-- One hash of what an exchange changes, to be sure that it changed something.
SELECT md5(concat((SELECT string_agg(p::text, '' ORDER BY id) FROM sealed.sealed_place p),
                  (SELECT string_agg(k::text, '' ORDER BY id) FROM sealed.sealed_kitcontent k)));
