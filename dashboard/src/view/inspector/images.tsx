import { source } from '../../data/source.ts';
import { Picture } from '../parts/picture.tsx';

const IMAGE = /\[image (images\/[0-9a-f]{64}\.(?:png|jpg|gif|webp)), \d+ bytes\]/g;

/** Images that a tool answered with; they were lifted out of the line into artifacts. */
export function OutputImages({ adwId, text, label }: { adwId: string; text: string; label: string }) {
  const urls = [...text.matchAll(IMAGE)].map(match => source().imageUrl(adwId, match[1]!));
  if (urls.length === 0) return null;
  return (
    <div class="output-images">
      {urls.map((url, i) =>
        url === '' ? (
          <Picture key={i} src="" alt={`Answered by ${label}`} />
        ) : (
          <a key={url} href={url} target="_blank" rel="noopener noreferrer">
            <Picture src={url} alt={`Answered by ${label}`} />
          </a>
        ),
      )}
    </div>
  );
}
