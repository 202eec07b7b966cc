"""What a client is told to send and receive: defaults, and how changes are merged. Pure."""

from callboard.daily.settings.inputs import changed_inputs as changed_inputs
from callboard.daily.settings.inputs import default_inputs as default_inputs
from callboard.daily.settings.permissions import changed_permissions as changed_permissions
from callboard.daily.settings.permissions import default_permissions as default_permissions
from callboard.daily.settings.publishing import changed_publishing as changed_publishing
from callboard.daily.settings.publishing import default_publishing as default_publishing
from callboard.daily.settings.subscriptions import changed_profiles as changed_profiles
from callboard.daily.settings.subscriptions import changed_subscriptions as changed_subscriptions
from callboard.daily.settings.subscriptions import default_profiles as default_profiles
