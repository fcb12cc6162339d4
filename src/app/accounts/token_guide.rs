//! How to create a Personal Access Token, in Cloud Manager's words as of December 2025. The window and `accounts add`
//! show the same steps.

/// The login page.
pub const LOGIN: &str = "https://login.linode.com";
/// The page with the tokens. No link leads directly to the form.
pub const TOKENS: &str = "https://cloud.linode.com/profile/tokens";
/// Shown before the steps.
pub const INTRODUCTION: &str = "A Personal Access Token lets this program read your transfer figures. Make one that can do nothing else:";

/// Shown after the steps: a token can do no more than its user.
pub const ROLES: &str = "If your user is restricted, it also needs the role Account Viewer, and Linode Viewer to see which Linode used it.";

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The instruction.
    pub text: &'static str,
    /// The page for this step.
    pub page: Option<&'static str>,
    /// The choices on that page: field and value.
    pub choices: &'static [(&'static str, &'static str)],
}

/// The steps, in order.
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
