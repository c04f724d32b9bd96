"""Invitations in the admin: invite, see who is where, read the report, hand out and erase what is kept."""

from quizzes.invitations.admin.invitations import InvitationAdmin

__all__ = ["InvitationAdmin"]
