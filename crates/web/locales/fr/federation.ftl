# How deliveries to other servers go, in words, and what to do about it.
standing-up_to_date = À jour
standing-behind = En retard
standing-paused = Suspendu
standing-blocked = Bloqué
standing-unreachable = Injoignable
behind-by = { $n ->
    [one] { $n } activité
   *[other] { $n } activités
 }
behind-by-more = plus de { $n } activités
lasting-moments = moins d’une minute
lasting-minutes = { $n ->
    [one] { $n } minute
   *[other] { $n } minutes
 }
lasting-hours = { $n ->
    [one] { $n } heure
   *[other] { $n } heures
 }
lasting-days = { $n ->
    [one] { $n } jour
   *[other] { $n } jours
 }
trouble-dns = Le nom de ce serveur est introuvable (DNS).
trouble-dns-do = Vérifiez l’orthographe du nom. S’il est juste, attendez que le serveur soit rétabli, ou demandez à ses responsables s’il a changé de nom ; les envois reprendront seuls.
trouble-connection = Ce serveur n’accepte pas la connexion.
trouble-connection-do = Il est sans doute arrêté ou protégé par un pare-feu. Les envois reprendront seuls ; s’il fonctionne pour d’autres, demandez à ses responsables si l’adresse de ce nœud y est bloquée.
trouble-tls = La connexion chiffrée échoue (certificat).
trouble-tls-do = Prévenez ses responsables que leur certificat est expiré ou n’est pas reconnu. Si leur autorité de certification est interne, ajoutez-la avec federation.ca_file.
trouble-timeout = Ce serveur n’a pas répondu à temps.
trouble-timeout-do = Il est sans doute surchargé. Les envois reprendront seuls ; si cela dure plus d’un jour, prévenez ses responsables.
trouble-network = La connexion a été interrompue.
trouble-network-do = Les envois reprendront seuls. Si cela se répète avec tous les serveurs, vérifiez le réseau de ce nœud.
trouble-address = L’adresse de ce serveur fait partie de celles où ce nœud ne va pas.
trouble-address-do = S’il se trouve sur un réseau interne de confiance, ajoutez sa plage d’adresses à federation.private_networks.
trouble-clock = Ce serveur refuse nos signatures, et son horloge diffère de la nôtre de plusieurs minutes.
trouble-clock-do = Vérifiez l’heure de ce nœud (parvis check). Si elle est juste, prévenez les responsables de l’autre serveur.
trouble-signature = Ce serveur ne reconnaît pas notre signature (401).
trouble-signature-do = Il doit pouvoir lire l’adresse publique de ce nœud : vérifiez server.public_url et que le mandataire transmet l’en-tête Host. Réessayez ensuite.
trouble-forbidden = Ce serveur refuse ce qui vient d’ici (403).
trouble-forbidden-do = Il a sans doute bloqué ce nœud ou l’auteur, ou n’accepte que les serveurs de sa liste. Demandez à ses responsables.
trouble-not-found = La boîte de réception n’existe pas (404).
trouble-not-found-do = Le compte ou la catégorie a été supprimé, ou le serveur a changé de logiciel. Vérifiez chez lui, puis abandonnez l’envoi ou réessayez.
trouble-gone = La boîte de réception est fermée pour toujours (410).
trouble-gone-do = Rien à faire : plus rien n’y est envoyé. Les personnes qui suivaient depuis ce serveur ont été retirées.
trouble-busy = Ce serveur demande de ralentir (408, 425 ou 429).
trouble-busy-do = Rien à faire : les envois reprennent après le délai demandé.
trouble-server = Ce serveur est en panne (5xx).
trouble-server-do = Les envois reprendront seuls. Si cela dure plus d’un jour, prévenez ses responsables.
trouble-redirect = Ce serveur renvoie vers une autre adresse, ce que la livraison ne permet pas.
trouble-redirect-do = Il a sans doute changé de nom. Suivez ses catégories sous leur nouvelle adresse.
trouble-refused = Ce serveur n’accepte pas cette activité (4xx).
trouble-refused-do = Les autres envois continuent. Lisez l’activité dans la liste des activités mises de côté, puis réessayez-la ou abandonnez-la.
trouble-late = L’activité a attendu plus longtemps qu’elle n’est conservée.
trouble-late-do = Elle ne peut plus être envoyée. Abandonnez-la ; pour laisser plus de temps, augmentez retention.outbox_days.
trouble-skipped = L’administration a passé cette activité.
trouble-skipped-do = Réessayez-la quand la cause est levée, ou abandonnez-la.
trouble-other = L’échange a échoué.
trouble-other-do = Lisez le message technique. Les envois sont tentés de nouveau d’eux-mêmes tant qu’ils ne sont pas mis de côté.
trouble-raw = Message technique :
node-filter = Afficher
node-filter-all = Tous ({ $n })
node-filter-one = { $word } ({ $n })
node-order = Trier par
node-order-host = Nom
node-order-state = État
node-order-behind = Retard
node-order-success = Dernier envoi
nodes-behind = Retard
nodes-never = jamais
nodes-set-aside = Activités mises de côté
nodes-policy-column = Décision
nodes-none-such = Aucun serveur dans cet état
node-facts = État des envois
node-conflict = Ce serveur est bloqué, mais des liens avec lui subsistent : catégories partagées ou abonnements. Rien n’y est plus échangé.
node-next-try = Prochain essai
node-first-seen = Premier contact
node-followers = Abonnements de là-bas vers ici
node-following = Abonnements d’ici vers là-bas
node-ours = Nos catégories suivies là-bas
node-theirs = Ses catégories suivies ici
node-signature = Signature de nos envois
node-key = Sa clé
node-none = aucune
node-paused-since = Suspendu depuis le
node-do = Agir
node-pause = Suspendre les envois
node-pause-hint = Ce qui doit partir attend et n’est pas perdu. Ce qui vient de ce serveur est encore reçu.
node-resume = Reprendre les envois
node-skip = Passer l’activité qui bloque
node-skip-hint = La première activité qui attend est mise de côté ; les suivantes partent aussitôt. Elle pourra être réessayée.
node-skip-sure = Mettre de côté la première activité qui attend
node-log = Les derniers envois
node-log-empty = Rien ne lui a été envoyé récemment.
log-when = Date
log-what = Activité
log-fate = Résultat
fate-delivered = Remis
fate-waiting = En attente
fate-refused = Mis de côté
set-aside-title = Activités mises de côté
set-aside-lead = Ce que ce nœud n’a pas pu appliquer après plusieurs essais, et ce que d’autres serveurs n’ont pas accepté. Chaque activité peut être réessayée ou abandonnée.
set-aside-of = Du serveur { $host }
set-aside-empty = Rien n’est de côté
set-aside-empty-text = Tout ce qui a été reçu est appliqué, et rien de ce qui est parti n’a été refusé.
set-aside-received = Reçu de
set-aside-sent = À envoyer à
set-aside-why = Pourquoi
set-aside-look = Examiner
set-aside-one = Activité mise de côté
set-aside-attempts = Essais
set-aside-inbox = Boîte de réception
set-aside-payload = Contenu
set-aside-forgotten = Le contenu n’est plus conservé : cette activité ne peut plus être réessayée.
set-aside-retry = Réessayer
set-aside-drop = Abandonner
set-aside-drop-sure = Abandonner définitivement cette activité
set-aside-drop-hint = L’abandon est noté dans le journal de modération.
deliveries-title = Envois du message n° { $number }
deliveries-crumb = Envois
deliveries-sum = Remis à { $delivered } sur { $total }
deliveries-lead = Les serveurs qui doivent recevoir ce message, et ce qu’il en est.
deliveries-none = Ce message n’a été envoyé à aucun autre serveur, ou l’envoi est trop ancien pour être encore connu.
deliveries-back = Revenir au message
deliveries-of = (envois du message n° { $number })
policy-short-open = Aucune
policy-short-allow = Autorisé
policy-short-limit = Limité
policy-short-block = Bloqué
backfill-title = Passé de ses catégories
backfill-hint = Quand quelqu’un d’ici suit une catégorie, ses sujets et leurs réponses sont lus depuis le début, puis chaque semaine.
backfill-category = Catégorie
backfill-where = État
backfill-count = Conversations complètes
backfill-posts = Messages ajoutés
backfill-reading = lecture en cours
backfill-waiting = en attente d’un nouvel essai
backfill-read = lue
backfill-asked = demandée
backfill-of = { $done } sur environ { $total }
backfill-lost = { $n } introuvables
backfill-again = Relire
comparison-title = Dernière comparaison
comparison-same = identique au
comparison-mended = réparé le
comparison-differs = différent au
comparison-reread = relu le
comparison-failed = comparaison impossible
comparison-never = jamais comparé
comparison-found = { $n ->
    [one] { $n } message retrouvé
   *[other] { $n } messages retrouvés
 }
comparison-sent = { $n ->
    [one] { $n } message renvoyé
   *[other] { $n } messages renvoyés
 }
comparison-remaining = { $n ->
    [one] { $n } sujet reste différent
   *[other] { $n } sujets restent différents
 }
node-compare = Comparer maintenant
node-compare-hint = Les catégories suivies de part et d’autre sont comparées, et ce qui manque est repris ou renvoyé. Cela se fait aussi seul, chaque jour et après une panne.
