export interface Fix {
  lon: number
  lat: number
  accuracy: number
}

const PATIENCE_MS = 8000

/** The device's position (WGS-84 by the W3C Geolocation API), or null when it cannot or may not tell. */
export function currentPosition(): Promise<Fix | null> {
  if (!('geolocation' in navigator)) return Promise.resolve(null)
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({
          lon: Math.round(coords.longitude * 1e6) / 1e6,
          lat: Math.round(coords.latitude * 1e6) / 1e6,
          accuracy: Math.round(coords.accuracy),
        }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 30_000 },
    )
  })
}
