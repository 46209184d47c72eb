-- What holds of a participant for good. Re-applied after every migrate by trial_site.audit.privileges.

-- Nobody moves to another study site: whose kits may be given, and who may look or break a code, follows the site.
CREATE OR REPLACE TRIGGER enrollment_site_stays BEFORE UPDATE OF site_id ON public.enrollment_subject
    FOR EACH ROW EXECUTE FUNCTION public.audit_transition('site_id');
