"""`python -m agent.cli` is `parley`."""

import sys

from agent.cli import main

sys.exit(main())
