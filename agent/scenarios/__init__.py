"""A simulated caller: plays scenarios over real WebRTC and scores how the agent holds the floor."""
