//! How a Personal Access Token is made, in Cloud Manager's own words, as of December 2025. The window and `accounts add`
//! show the same steps.

/// Where one logs in.
pub const LOGIN: &str = "https://login.linode.com";
/// Where tokens are made. No link leads straight into the form.
pub const TOKENS: &str = "https://cloud.linode.com/profile/tokens";
/// Said before the steps.
pub const INTRODUCTION: &str = "A Personal Access Token lets this program read your transfer figures. Make one that can do nothing else:";

/// Said after the steps: a token can do no more than its user.
pub const ROLES: &str = "If your user is restricted, it also needs the role Account Viewer, and Linode Viewer to see which Linode used it.";

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What to do.
    pub text: &'static str,
    /// The page where it is done.
    pub page: Option<&'static str>,
    /// What to choose there: the field and its value.
    pub choices: &'static [(&'static str, &'static str)],
}

/// The steps, in their order.
pub const STEPS: [Step; 5] = [
    Step { text: "Log in to Cloud Manager.", page: Some(LOGIN), choices: &[] },
    Step {
        text: "Open the page with your tokens and press “Create a Personal Access Token”.",
        page: Some(TOKENS),
        choices: &[],
    },
    Step {
        text: "Fill in the form like this:",
        page: None,
        choices: &[
            ("Label", "Linode Bandwidth"),
            ("Expiry", "Any; you are warned before it expires"),
            ("Select All", "No Access"),
            ("Account", "Read Only"),
            ("Linodes", "Read Only to see which Linode used it, otherwise No Access"),
        ],
    },
    Step {
        text: "Press “Create Token”. It stays gray until every row of the table has a choice.",
        page: None,
        choices: &[],
    },
    Step {
        text: "Copy the token now (it is shown only once) and paste it below. Then press “I Have Saved My Personal Access Token”.",
        page: None,
        choices: &[],
    },
];
