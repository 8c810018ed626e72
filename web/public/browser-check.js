/* Runs before the application, in any browser: says what is missing instead of leaving a white page. */
(function () {
  var missing = []
  function lacks(name, test) {
    try {
      if (!test()) missing.push(name)
    } catch (error) {
      missing.push(name)
    }
  }
  lacks('ES modules', function () { return 'noModule' in document.createElement('script') })
  lacks('fetch', function () { return typeof window.fetch === 'function' && typeof AbortController === 'function' })
  lacks('Promise', function () { return typeof Promise.allSettled === 'function' })
  lacks('CSS grid', function () { return CSS.supports('display', 'grid') })
  lacks('CSS :is()', function () { return CSS.supports('selector(:is(a))') })
  lacks('Array.at', function () { return typeof [].at === 'function' })
  lacks('structuredClone', function () { return typeof structuredClone === 'function' })
  lacks('EventSource', function () { return typeof EventSource === 'function' })
  function show(lines) {
    var box = document.createElement('div')
    box.setAttribute('role', 'alert')
    box.style.cssText = 'max-width:40em;margin:10vh auto;padding:24px;border:1px solid #c8d1dc;border-radius:8px;' +
      'font:16px/1.7 "PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif;color:#1c2733;background:#fff'
    for (var i = 0; i < lines.length; i++) {
      var line = document.createElement(i === 0 ? 'h1' : 'p')
      if (i === 0) line.style.cssText = 'font-size:20px;margin:0 0 12px'
      line.appendChild(document.createTextNode(lines[i]))
      box.appendChild(line)
    }
    document.body.insertBefore(box, document.body.firstChild)
  }
  function whenReady(then) {
    if (document.body) then()
    else document.addEventListener('DOMContentLoaded', then)
  }
  if (missing.length) {
    whenReady(function () {
      show([
        '浏览器版本过低，页面无法打开',
        '缺少：' + missing.join('、') + '。',
        '请改用 2023 年以后的 Chrome、Edge、Firefox、360 极速浏览器（极速模式）、奇安信可信浏览器或统信浏览器。',
        'This browser is too old for the page. Missing: ' + missing.join(', ') + '. Use a browser from 2023 or later.'
      ])
    })
    return
  }
  // A script that cannot be loaded or parsed must say so too.
  window.addEventListener('error', function (event) {
    var source = event.target && event.target.tagName === 'SCRIPT' ? event.target.src : ''
    var empty = function () { var app = document.getElementById('app'); return app && !app.firstChild }
    if (!source) return
    whenReady(function () {
      if (empty()) {
        show([
          '页面文件没有加载成功',
          '请检查网络后刷新。文件：' + source,
          'A file of this page could not be loaded. Check the network and reload.'
        ])
      }
    })
  }, true)
})()
