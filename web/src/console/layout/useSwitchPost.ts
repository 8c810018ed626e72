import { ElMessage } from 'element-plus'
import { ref } from 'vue'
import { useRouter } from 'vue-router'
import { can, type Id, queryClient, stopLive, startLive, switchPost } from '@/api'
import { Perm } from '@/domain/permissions'
import { problemWords } from '@/domain/useProblem'
import { hideAll } from '@/registry/look'

/** Another post sees other things: everything loaded so far is forgotten. */
export function useSwitchPost() {
  const router = useRouter()
  const switching = ref(false)
  async function change(choice: { post_id: Id } | { stand_in_id: Id }): Promise<void> {
    switching.value = true
    hideAll()
    try {
      await switchPost(choice)
      stopLive()
      queryClient.clear()
      if (can(Perm.READ)) startLive()
      await router.push('/')
    } catch (error) {
      ElMessage.error(problemWords(error).detail)
    } finally {
      switching.value = false
    }
  }
  return { switching, change }
}
