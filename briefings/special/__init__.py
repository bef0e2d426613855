"""The 专报: a briefing of one project, with the three deviations as its spine."""
