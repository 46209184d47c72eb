-- Before the study is cloned: the arms' kits shall differ in everything that follows the content.
UPDATE public.sealed_kitcontent SET expires_on = expires_on + 41
 WHERE arm = (SELECT min(arm) FROM public.sealed_place);
