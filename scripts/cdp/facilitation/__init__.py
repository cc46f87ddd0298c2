"""What starts and steers a community, with the site's words: allies, letters, slides, kickoff, meetings, seasons. Pure."""
