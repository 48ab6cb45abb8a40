# Administration and moderation.
admin-title = Administration
admin-checks = To check
check-done = Done
check-todo = To do
admin-registrations = { $n ->
    [0] Requests for an account
    [one] Requests for an account ({ $n })
   *[other] Requests for an account ({ $n })
 }
admin-registrations-none = No request is waiting.
admin-approve = Accept
admin-refuse = Refuse
admin-category-new = Create a category
field-category-title = Name of the category
field-category-title-hint = Short, without acronym. Example: Choice of tools
field-slug = Address
field-slug-hint = Permanent: it makes /c/address and @address@{ $host }. Small letters without accents, digits and hyphens.
field-slug-fixed = The address never changes: other servers know it.
field-description = Description
field-description-hint = One or two sentences: what this category is for, and for whom.
field-parent = Category above
field-parent-none = None
field-category-language = Main language
field-archived = Archive the category
field-archived-hint = It can be read at the same address, but takes no more posts.
moderation-title = Reports
moderation-lists = Lists of reports
moderation-open = To do
moderation-closed = Done
moderation-none = Nothing to do
moderation-none-text = Reports received will appear here, the oldest first.
moderation-removed = Post already removed
moderation-closed-by = Closed by { $name }
moderation-remove = Remove the post
moderation-close = Close the report
moderation-note = Note for the team
report-number = Report no. { $number }
report-by = by
report-by-visitor = a person without account
report-by-server = the server { $host }
