import { readonly, ref } from 'vue'

const ready = ref(false)
export const updateReady = readonly(ready)
let waitingWorker: ServiceWorker | null = null

/** Registers the service worker; a new version waits until the person agrees, so that nothing half-written is lost. */
export function watchForUpdates(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  void navigator.serviceWorker.register('/field/sw.js', { scope: '/field/' }).then((registration) => {
    const notice = (worker: ServiceWorker | null) => {
      if (!worker || !navigator.serviceWorker.controller) return
      waitingWorker = worker
      ready.value = true
    }
    notice(registration.waiting)
    registration.addEventListener('updatefound', () => {
      const worker = registration.installing
      worker?.addEventListener('statechange', () => worker.state === 'installed' && notice(worker))
    })
  })
}

export function applyUpdate(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waitingWorker?.postMessage({ type: 'SKIP_WAITING' })
}
