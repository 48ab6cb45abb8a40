# Pages that answer with an error.
status-bad_request = Request not understood
status-bad_request-text = The address or the form has a value that the site does not understand. Go back and try again.
status-unauthorized = Sign in first
status-unauthorized-text = Sign in to see this page. You will come back to it.
status-forbidden = Not open to you
status-forbidden-text = This page or action is for other people than you.
status-forbidden-next = If you think it is open to you, write to the moderators by the Contact page: they will tell you which rule applies and what to do.
status-not_found = Page not found
status-not_found-text = This address leads nowhere. Perhaps it was copied wrongly. Search instead:
status-gone = Content deleted
status-gone-deleted = This content was deleted by its author.
status-gone-deleted-on = This content was deleted by its author on { $date }.
status-gone-removed = This content was removed by the moderators.
status-gone-removed-on = This content was removed by the moderators on { $date }.
status-gone-account = This account was deleted.
status-gone-account-on = This account was deleted on { $date }.
status-gone-next = Its address will not be used for anything else.
status-too_large = Too large
status-too_large-text = The limit is { $limit } MB. Make it smaller and try again.
status-expired = Form expired
status-expired-text = The page was open for too long: for safety, nothing was sent. Your text is here; copy it, then go back to the form.
status-expired-button = Back to the form
status-too_many = Too many requests
status-too_many-text = { $n ->
    [one] Wait { $n } minute, then try again.
   *[other] Wait { $n } minutes, then try again.
 }
status-internal = Something went wrong
status-internal-text = It comes from the site, not from you. The team has been told; try again in a moment.
status-unavailable = Site not available for the moment
status-unavailable-text = The site will be back soon. Nothing that was published is lost.
status-incident = Number to give if you write to us:
status-read_only = Read-only site
status-read_only-text = Everything can be read, but nothing can be written for the moment. Keep your text and come back a little later.
status-sign-in = Sign in and come back
status-expired-resend = The page was open for too long, or you signed in meanwhile: for safety, nothing was sent. All that you had filled in is kept; read it again and send it once more.
status-signed_in = Your text is waiting for you
status-signed_in-text = You are signed in. Nothing has been sent yet: read again what you had written, then send it once more.
resend-text = Your text
resend-button = Send again
