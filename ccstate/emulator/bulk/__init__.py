"""Bulk activities: jobs, whom they concern, and the files that come and go with them."""
