"""What instructors may do with invitations: make them, see them; nothing of one is edited or deleted."""

INSTRUCTOR_PERMISSIONS = ("invitations.add_invitation", "invitations.view_invitation", "invitations.view_candidate")
