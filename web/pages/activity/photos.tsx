import type { DetailQuery } from '../../api/operations.ts';

type Photo = NonNullable<NonNullable<DetailQuery['activity']>['photos']>[number];

/** What was seen on the way. */
export function Photos({ photos }: { photos: readonly Photo[] }) {
  return (
    <section aria-labelledby="photos">
      <h2 id="photos">Photos</h2>
      <ul class="photos">
        {photos.map((photo, index) => (
          <li key={photo.uniqueId}>
            <figure>
              <a href={photo.url}>
                <img
                  src={photo.url}
                  alt={photo.caption || `Photo ${index + 1}${photo.isVideo ? ', from a video' : ''}`}
                  loading="lazy"
                />
              </a>
              {photo.caption && <figcaption>{photo.caption}</figcaption>}
            </figure>
          </li>
        ))}
      </ul>
    </section>
  );
}
