-- Who got what in a clone, for comparing response times by arm.
SELECT s.number, p.arm
  FROM sealed.sealed_binding b JOIN sealed.sealed_place p USING (place)
  JOIN public.randomization_randomizationrequest r ON r.id = b.request_id
  JOIN public.enrollment_subject s ON s.id = r.subject_id;
