(() => {
"use strict";
{% include "review_sending.js" %}

{% include "review_search.js" %}

{% include "review_past.js" %}

{% include "review_keys.js" %}

{% include "review_desk.js" %}

{% include "review_forms.js" %}
})();
