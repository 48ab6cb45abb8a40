# Settings.
settings-profile = Profile settings
settings-account = Password and sessions
settings-save = Save
settings-handle = Your address, which never changes
settings-affiliation-checked = This affiliation was verified: it is not changed here.
settings-password = Change the password
settings-password-button = Change the password
settings-sessions = Open sessions
settings-sessions-text = The devices where you are signed in. End those that you do not recognise, then change your password.
settings-session-current = This session
settings-session-opened = Opened on
settings-session-seen = Seen on
settings-session-end = End the session
settings-sessions-end = End all other sessions
field-biography = About you
field-biography-hint = Public. Your subjects, your software, your function. Markdown is accepted.
field-current-password = Present password
