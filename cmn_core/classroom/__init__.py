"""What a lesson needs: small figures of the physics, tasks, texts, class links, the board."""
