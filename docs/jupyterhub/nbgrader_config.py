"""What nbgrader is told on a hub, for teachers and students alike: where the exchange is."""

import os

c = get_config()  # noqa: F821 - given by whoever loads this file

c.CourseDirectory.course_id = "lstm"
c.Exchange.root = os.environ.get("NBGRADER_EXCHANGE", "/srv/nbgrader/exchange")
