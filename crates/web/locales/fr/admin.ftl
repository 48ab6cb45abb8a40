# Administration.
admin-category-new = Créer une catégorie
