(function () {
  function speak(language) {
    document.documentElement.dataset.language = language;
    document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
    document.querySelectorAll('a[href^="map.html"]').forEach(function (link) {
      link.hash = language;
    });
  }
  document.getElementById("language").addEventListener("click", function () {
    speak(document.documentElement.dataset.language === "zh" ? "en" : "zh");
  });
  function reveal(hash) {
    var found = document.getElementById(hash.slice(1));
    if (found && found.tagName === "DETAILS") { found.open = true; found.scrollIntoView(); }
  }
  window.addEventListener("hashchange", function () { reveal(location.hash); });
  document.querySelectorAll("a.why").forEach(function (link) {
    link.addEventListener("click", function () { reveal(link.hash); });  // the same place again, too
  });
  reveal(location.hash);
  if (/^#(en|zh)$/.test(location.hash)) { speak(location.hash.slice(1)); }
})();
