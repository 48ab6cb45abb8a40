# Administration.
admin-category-new = Create a category
