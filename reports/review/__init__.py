"""The local review page: one finding at a time, each decision on disk before it is answered."""

from assay.audit.called import make_callable
from assay.reports.api import review

make_callable(__name__, review)  # the package of the page, and the function that serves it, have one name
