"""What kie tells those above it, inside the transaction. A receiver may only write a Delivery key, rendered when sent."""

from django.dispatch import Signal

job_ended = Signal()  # sender=Job, job=the ended job: succeeded, failed or timed out
job_came_late = Signal()  # sender=Job, job=one whose money is back, and whose result has come after all
operator_wanted = Signal()  # key=once for each, what=a word for it, facts={"why": …}: somebody has to mend something
