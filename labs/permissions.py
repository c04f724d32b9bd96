"""What instructors may do here, in Django's words; `grant_instructors` in each app is collected by who sets the site up."""

from django.contrib.auth.models import Group, Permission

INSTRUCTORS = "instructors"
PERMISSIONS = (
    "labs.view_run",
    "labs.view_change",
    "labs.view_runprediction",
    "labs.add_scenario",
    "labs.change_scenario",
    "labs.delete_scenario",
    "labs.view_scenario",
    "labs.view_historicalscenario",
)


def grant_instructors() -> None:
    """Give the group its permissions here, making it if need be. May be called as often as one likes."""
    group, _ = Group.objects.get_or_create(name=INSTRUCTORS)
    labels = {tuple(name.split(".")) for name in PERMISSIONS}
    found = Permission.objects.filter(content_type__app_label="labs", codename__in=[codename for _, codename in labels])
    group.permissions.add(*found)
