import { ElMessage } from 'element-plus'
import { ref } from 'vue'
import { useRouter } from 'vue-router'
import { type Id, queryClient, stopLive, startLive, switchPost } from '@/api'
import { problemWords } from '@/domain/useProblem'

/** Another post sees other things: everything loaded so far is forgotten. */
export function useSwitchPost() {
  const router = useRouter()
  const switching = ref(false)
  async function change(choice: { post_id: Id } | { stand_in_id: Id }): Promise<void> {
    switching.value = true
    try {
      await switchPost(choice)
      stopLive()
      queryClient.clear()
      startLive()
      await router.push('/todos')
    } catch (error) {
      ElMessage.error(problemWords(error).detail)
    } finally {
      switching.value = false
    }
  }
  return { switching, change }
}
