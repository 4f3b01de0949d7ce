"""Every address of the pages about people."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.generic import RedirectView

from logix_server.portal.accounts import consent, links, people, profile, second_factor
from logix_server.portal.accounts.log_in import LogIn

urlpatterns = [
    # The administration's own page knows neither our rules nor the audit.
    path("admin/password_change/", RedirectView.as_view(pattern_name="profile"), name="admin-password"),
    path("login/", LogIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="/login/"), name="logout"),
    path("second-factor/", second_factor.ask, name="second-factor"),
    path("second-factor/set-up/", second_factor.set_up, name="second-factor-set-up"),
    path("second-factor/codes/", second_factor.renew_codes, name="second-factor-codes"),
    path("second-factor/off/", second_factor.turn_off, name="second-factor-off"),
    path("password/new/", links.choose_password, name="choose-password"),
    path("password/forgotten/", links.forgotten, name="forgotten"),
    path("profile/", profile.profile, name="profile"),
    path("profile/details/", profile.change_details, name="profile-details"),
    path("profile/password/", profile.change_password, name="profile-password"),
    path("profile/sessions/<int:sign_in_id>/end/", profile.end_session, name="end-session"),
    path("profile/sessions/end/", profile.end_others, name="end-other-sessions"),
    path("people/", people.listed, name="people"),
    path("people/invite/", people.invite, name="invite"),
    path("people/<slug:mark>/", people.person, name="person"),
    path("people/<slug:mark>/<slug:what>/", people.act, name="person-act"),
    path("consent/", consent.consent, name="consent"),
]
