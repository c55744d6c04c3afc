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
  if (/^#(en|zh)$/.test(location.hash)) { speak(location.hash.slice(1)); }
})();
